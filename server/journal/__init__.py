"""As-run rows: what every cluster really played."""

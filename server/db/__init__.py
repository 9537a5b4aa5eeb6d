"""Engine, tables' base, migrations."""

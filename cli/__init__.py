"""The technician's terminal; talks HTTP only."""

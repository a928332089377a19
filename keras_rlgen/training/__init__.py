"""What anything that trains needs: health, guarded updates, random streams."""

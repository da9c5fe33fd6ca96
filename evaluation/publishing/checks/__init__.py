"""What is checked of a release folder, with nothing but the folder."""

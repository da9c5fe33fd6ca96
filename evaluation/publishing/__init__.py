"""What a release says and how it is written, read, verified and compared: values and files; no Django."""

"""What touches the disk and the decoder. Named by settings and by path, imported by nobody."""

"""Pages of the desk: find, parse, call one service, answer."""

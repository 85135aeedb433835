"""The command line: parse, wire, iterate, exit."""

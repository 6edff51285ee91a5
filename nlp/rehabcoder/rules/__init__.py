"""Rules: what in a note would get its claim denied. ``registry`` finds them; each rule is a file of its own."""

"""Open devices: ttys, sockets, input devices, hidraw, PC/SC, cameras; and who else has them."""

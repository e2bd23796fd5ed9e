"""What a text means, however it came: symbologies, GS1, the shop's own numbers, stripes, contacts, layouts. Pure."""

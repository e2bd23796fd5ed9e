"""What readers sent, written down so that it names nobody and can be played again."""

"""What leaves the till on paper: member cards."""

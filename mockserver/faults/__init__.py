"""What goes wrong on purpose: which requests it strikes, what they wait for, and how connections break."""

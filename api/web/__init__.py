"""What the web desks share: pages, words, sessions, the way they tell trouble."""

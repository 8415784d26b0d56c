"""The ways out of the house, and the words that the modules below us lend to our sentences."""

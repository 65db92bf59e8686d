"""Who acts: citizens, the government, media outlets, and the rules they live by."""

// What unit tests of the C headers would call is called by SluiceSystem.

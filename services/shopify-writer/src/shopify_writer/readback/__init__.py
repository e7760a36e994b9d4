"""What was created is read back: is it there, and is it as it was written?

- ``read_back``    collects what was created and compares it with what stands in the store
- ``checkpoints``  how far each writer has read back; that of one that is gone is taken over
"""

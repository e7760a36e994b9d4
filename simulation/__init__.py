"""The whole system in one event loop, on a virtual clock, every choice drawn from one seed.

A *plan* says what people, platforms and faults do in one history; a *run* of it gives the same
*trace*, byte for byte, wherever it runs. A *judge*, which shares no code with what it judges, says
whether the promises held. See docs/simulation.md.
"""

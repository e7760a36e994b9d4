"""Durable jobs for everything that is done to the outside world.

- ``job``, ``outcomes``    what a job is, and what can become of it
- ``interface``            what the store of jobs promises (``postgres``, ``memory``)
- ``owner``                a worker's identity and lease
- ``lanes``                how live, bulk and replay share
- ``worker``               the loop that claims jobs and has them performed
- ``budget``               a store's points, shared by all workers of all services
- ``budget_queue``         a process's queue for them
"""

"""What every page shares: server-rendered, live by polling a fragment, no sign-in yet (loopback).

- ``app``       the pages as one application: a page is added to ``PAGES``
- ``site``      templates, notices, the form's ids
- ``security``  headers, Host, the anti-forgery token
- ``words``     how statuses, reasons and times are shown
"""

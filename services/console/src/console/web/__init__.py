"""The pages: server-rendered, live by polling a fragment, no sign-in yet (loopback only).

- ``site``      what every page shares: templates, notices, the form's ids
- ``security``  headers, Host, the anti-forgery token
- ``words``     how statuses, reasons and times are shown
- ``query``     the filter in the page's address
- ``orders``, ``order``, ``settings``, ``products``   a module per page
- ``app``       routes; ``serving`` the HTTP server
"""

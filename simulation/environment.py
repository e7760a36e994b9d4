"""What a process that runs histories does first, so that a history pays for nothing but itself."""

import functools
import gc
import importlib.util
import ssl
import sys
from importlib.resources import files

from shopify.documents import document
from simulators.shopify.world import ready_documents


def prepare() -> None:
    """Once per process that runs or forks histories; doing it again changes nothing.

    httpx's in-process transport looks for sniffio at every request; where it is not installed, that
    walks all of ``sys.path`` each time, a third of what the request costs. Every HTTP client reads
    the machine's certificates, 20 ms each, and none of a history uses them. What is imported by now
    is the same in every child: frozen, no child's collector looks at it or copies its pages. The
    simulated Shopify checks every document that it is sent once: those that we send, here.
    """
    if "sniffio" not in sys.modules and importlib.util.find_spec("sniffio") is None:
        vars(sys)["modules"]["sniffio"] = None
    if not hasattr(ssl.create_default_context, "cache_info"):
        vars(ssl)["create_default_context"] = functools.cache(ssl.create_default_context)
    for file in sorted(files("shopify.documents").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".graphql"):
            ready_documents().operation(document(file.name.removesuffix(".graphql")).text)
    gc.freeze()

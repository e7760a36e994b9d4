"""The official Admin GraphQL schema 2026-10: fetched once into `.cache/`, checked by its hash.

It is never committed. Without npm, without the network or with another file this raises: the
suite fails, it never skips.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "shopify-schema"
PACKAGE = "@shopify/dev-mcp@1.16.0"
MEMBER = "package/dist/data/admin_2026-10.json.gz"
SHA256 = "f3b522f264556925eada700e795e4a002a9cba83444ebcc6c0d724254a0c6593"


def check(content: bytes) -> bytes:
    """The content, if it is the schema that was meant. Raises ValueError."""
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(f"{MEMBER} of {PACKAGE}: sha256 is {found}, not {SHA256}")
    return content


def fetch(into: Path) -> bytes:
    """The schema's file out of the npm package."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm: not on PATH; conformance needs it to fetch the schema")
    into.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(into)]
    packed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    archive = into / packed.stdout.split()[-1]
    try:
        with tarfile.open(archive) as contents:
            member = contents.extractfile(MEMBER)
            if member is None:
                raise FileNotFoundError(f"{MEMBER}: not a file in {PACKAGE}")
            return check(member.read())
    finally:
        archive.unlink()


def load() -> GraphQLSchema:
    """The whole schema, from the cache if it is there."""
    kept = CACHE / SHA256
    if not kept.exists():
        content = fetch(CACHE)
        part = kept.with_suffix(".part")
        part.write_bytes(content)
        part.rename(kept)
    introspection = json.loads(gzip.decompress(check(kept.read_bytes())))["data"]
    return build_client_schema(introspection, assume_valid=True)

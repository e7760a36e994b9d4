"""A pytest plugin (``-p tests.mutants.planted``): one module is loaded from a changed source.

The environment says which (``MUTANT_MODULE``), from where (``MUTANT_SOURCE``), and what file to
touch when it was loaded (``MUTANT_LOADED``). Nothing in the working tree changes, so a run that is
killed leaves nothing behind and several go on at once.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType


class _Mutated(SourceFileLoader):
    """Compiles the changed source under the path of the real file; writes no bytecode."""

    def get_code(self, fullname: str) -> CodeType:
        source = Path(os.environ["MUTANT_SOURCE"]).read_text(encoding="utf-8")
        Path(os.environ["MUTANT_LOADED"]).touch()
        return compile(source, self.path, "exec")


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != os.environ.get("MUTANT_MODULE"):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Mutated(fullname, spec.origin)
        return spec


sys.meta_path.insert(0, _Finder())

"""Where the shared, real data lies, if this machine has it.

Tests that need it carry ``@pytest.mark.shared``; where the folder is absent they
are left out and the run says so.
"""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("LINLI_TEST_SHARED") or Path(__file__).resolve().parents[2] / "shared" / "data")

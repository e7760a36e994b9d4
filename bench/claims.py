"""What claiming sixteen jobs costs with 1,000 and with 1,000,000 jobs waiting."""

import json
import statistics
import time
from typing import Any

import asyncpg

from bench.result import Result
from bench.say import say
from bench.servers import BenchServers, database
from bench.size import Size
from jobs.postgres import MIGRATIONS, PostgresJobs
from runtime.clock import utc_now
from runtime.migrations import migrate

STORES = 50
_CLAIM = """
    EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
    SELECT *
    FROM effects.claim('x', ARRAY['create-order', 'apply-delivery'], ARRAY[11, 4, 1], now())
"""
_FILL = f"""
    INSERT INTO effects.job (id, stream_id, version, store, kind, lane, payload, supersedes, state,
        due_at, enqueued_at)
    SELECT gen_random_uuid(), 'order-1-' || n, 1, 'store-' || n % {STORES} || '.myshopify.com',
        'create-order', CASE n % 10 WHEN 0 THEN 'live' ELSE 'bulk' END, '{{}}', true, 'waiting',
        now() - interval '1 hour' + n * interval '1 millisecond', now()
    FROM generate_series($1::bigint, $2::bigint) AS n
"""


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    most = 100_000 if size.quick else 1_000_000
    figures: dict[str, float] = {}
    counters: dict[str, float] = {}
    async with database(servers.postgres) as own:
        await migrate(own.admin_dsn, [MIGRATIONS])
        admin = await asyncpg.connect(own.admin_dsn)
        async with asyncpg.create_pool(own.app_dsn, min_size=1, max_size=2) as pool:
            stored = 0
            for jobs in (1_000, most):
                say(f"claims: {jobs:,} jobs")
                await admin.execute(_FILL, stored + 1, jobs, timeout=600)
                await admin.execute("VACUUM ANALYZE effects.job", timeout=600)
                stored = jobs
                counters[f"claim_pages_{jobs}"] = await claim_pages(admin)
                figures[f"claim_ms_{jobs}"] = round(await claim_ms(pool), 2)
        await admin.close()
    ratios = {
        "ms_most_by_few": figures[f"claim_ms_{most}"] / figures["claim_ms_1000"],
        "pages_most_by_few": counters[f"claim_pages_{most}"] / counters["claim_pages_1000"],
    }
    rounded = {name: round(value, 2) for name, value in ratios.items()}
    return Result("claims", ratios=rounded, figures=figures, counters=counters), {}


async def claim_pages(admin: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Pages one claim of sixteen reads, given back."""
    transaction = admin.transaction()
    await transaction.start()
    plan = await admin.fetchval(_CLAIM)
    await transaction.rollback()
    read = json.loads(plan)[0]["Plan"]
    return int(read["Shared Hit Blocks"] + read["Shared Read Blocks"])


async def claim_ms(pool: "asyncpg.Pool[asyncpg.Record]") -> float:
    """The median of some claims, given back in between."""
    job_store = PostgresJobs(pool, utc_now)
    took = []
    for _ in range(60):
        began = time.perf_counter()
        claimed = await job_store.claim("bench", ["create-order", "apply-delivery"], 16)
        took.append((time.perf_counter() - began) * 1_000)
        assert len(claimed) == 16
        for job in claimed:
            await job_store.finish(job)
    return statistics.median(took)

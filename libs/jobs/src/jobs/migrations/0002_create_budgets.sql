-- What each Shopify store's bucket of points holds, as far as we can be sure, for all workers of all
-- services. Unlogged: a crash of the server may empty it, and it is learned anew from the answers.
CREATE UNLOGGED TABLE effects.budget (
    store text PRIMARY KEY,
    maximum double precision NOT NULL DEFAULT 1000,
    restore double precision NOT NULL DEFAULT 50,
    -- A lower bound of what the bucket holds at `at`, all reservations taken off; negative: the time
    -- until it is 0 again is what the next one waits.
    level double precision NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    told_at timestamptz NOT NULL DEFAULT '-infinity',
    -- Points ever reserved (less what was given back), and those of calls known to be answered.
    spent double precision NOT NULL DEFAULT 0,
    settled double precision NOT NULL DEFAULT 0,
    -- Shopify's limit of new orders on trial and development stores, once it was met.
    limited_at timestamptz,
    order_slots timestamptz[] NOT NULL DEFAULT '{}'
);

-- What each process holds reserved; of one that is no longer heard of it counts as used.
CREATE UNLOGGED TABLE effects.reserved (
    store text NOT NULL,
    holder text NOT NULL,
    points double precision NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (store, holder)
);

-- Jobs of this kind in this store are not claimed before then.
CREATE UNLOGGED TABLE effects.hold (
    store text NOT NULL,
    kind text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (store, kind)
);

-- Settles answered calls (p_reserved .. p_limited, one entry each) and asks for places (p_points ..
-- p_orders), in this order. A place is granted while the debt is within its horizon (seconds).
CREATE FUNCTION effects.pace(
    p_store text, p_holder text,
    p_reserved double precision[], p_used double precision[], p_available double precision[],
    p_maximum double precision[], p_restore double precision[], p_age double precision[],
    p_seen double precision[], p_limited boolean[],
    p_points double precision[], p_horizon double precision[], p_orders boolean[]
) RETURNS TABLE (granted boolean, wait double precision, settled double precision)
LANGUAGE plpgsql AS $$
DECLARE
    b effects.budget;
    v_now timestamptz;
    v_mine double precision;
    v_back double precision;
    v_slot double precision;
    v_debt double precision;
BEGIN
    INSERT INTO effects.budget (store) VALUES (p_store) ON CONFLICT DO NOTHING;
    SELECT * INTO b FROM effects.budget WHERE budget.store = p_store FOR UPDATE;
    v_now := clock_timestamp();
    b.level := least(b.maximum, b.level + b.restore * extract(epoch FROM v_now - b.at));
    b.at := v_now;
    WITH gone AS (
        DELETE FROM effects.reserved AS r
        WHERE r.store = p_store AND r.seen_at < v_now - interval '60 seconds' RETURNING r.points
    ) SELECT b.settled + coalesce(sum(points), 0) INTO b.settled FROM gone;
    SELECT r.points INTO v_mine FROM effects.reserved AS r
    WHERE r.store = p_store AND r.holder = p_holder;
    v_mine := coalesce(v_mine, 0);

    FOR i IN 1..cardinality(p_reserved) LOOP
        v_back := least(p_reserved[i], v_mine);  -- 0: it had expired and counts as used
        IF v_back > 0 THEN
            v_mine := v_mine - v_back;
            b.spent := b.spent - (v_back - p_used[i]);
            b.settled := b.settled + p_used[i];
            b.level := least(b.maximum, b.level + v_back - p_used[i]);
        END IF;
        IF p_limited[i] THEN
            b.limited_at := v_now;
            b.order_slots := array_fill(v_now, ARRAY[5]);
        END IF;
        CONTINUE WHEN p_available[i] IS NULL;
        IF v_now - p_age[i] * interval '1 second' > b.told_at THEN
            b.told_at := v_now - p_age[i] * interval '1 second';
            b.maximum := p_maximum[i];
            b.restore := greatest(p_restore[i], 0.001);
        END IF;
        -- Shopify's number was true between sending and answering: whatever was not known to be
        -- answered at the sending may not be in it yet, and it has grown since the sending.
        b.level := least(
            greatest(b.level, p_available[i] - (b.spent - p_used[i] - p_seen[i])),
            p_available[i] + b.restore * p_age[i], b.maximum
        );
    END LOOP;

    IF b.limited_at < v_now - interval '1 hour' THEN
        b.limited_at := NULL;
    END IF;
    FOR i IN 1..cardinality(p_points) LOOP
        v_debt := greatest(0, -b.level / b.restore);
        v_slot := CASE WHEN p_orders[i] AND b.limited_at IS NOT NULL THEN
            greatest(0, extract(epoch FROM b.order_slots[5] + interval '61 seconds' - v_now))
        ELSE 0 END;
        granted := v_debt <= p_horizon[i] AND v_slot = 0;
        IF granted THEN
            b.level := b.level - p_points[i];
            b.spent := b.spent + p_points[i];
            v_mine := v_mine + p_points[i];
            wait := greatest(0, -b.level / b.restore);
            IF p_orders[i] AND b.limited_at IS NOT NULL THEN
                b.order_slots := (v_now + wait * interval '1 second') || b.order_slots[1:4];
            END IF;
        ELSE
            wait := greatest(v_debt - p_horizon[i], v_slot);
        END IF;
        settled := b.settled;
        RETURN NEXT;
    END LOOP;

    UPDATE effects.budget SET maximum = b.maximum, restore = b.restore, level = b.level, at = b.at,
        told_at = b.told_at, spent = b.spent, settled = b.settled, limited_at = b.limited_at,
        order_slots = b.order_slots
    WHERE budget.store = p_store;
    INSERT INTO effects.reserved AS r (store, holder, points, seen_at)
    VALUES (p_store, p_holder, v_mine, v_now)
    ON CONFLICT (store, holder) DO UPDATE SET points = excluded.points, seen_at = excluded.seen_at;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON effects.budget, effects.reserved, effects.hold
    TO ordersync_app;

-- Two schemas, so that a backup of one without the other reveals nothing that was erased.
CREATE SCHEMA vault;
CREATE SCHEMA vault_keys;

-- One key per order, wrapped by the master key that key_id names. Gone = the order is erased.
CREATE TABLE vault_keys.data_key (
    shop_id text NOT NULL,
    order_id text NOT NULL,
    key_id text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, order_id)
);

CREATE TABLE vault.secret (
    shop_id text NOT NULL,
    order_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('recipient', 'message')),
    version integer NOT NULL CHECK (version > 0),
    masked boolean NOT NULL,
    digest text NOT NULL,
    sealed bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, order_id, kind, version)
);

-- Refuses what comes again after an erasure; order_id '' stands for the whole shop.
CREATE TABLE vault.tombstone (
    shop_id text NOT NULL,
    order_id text NOT NULL,
    reason text NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, order_id)
);

CREATE TABLE vault_keys.credential_key (
    kind text NOT NULL,
    id text NOT NULL,
    key_id text NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE vault.credential (
    kind text NOT NULL CHECK (kind IN ('tiktok_grant', 'tiktok_shop', 'shopify_store')),
    id text NOT NULL,
    sealed bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (kind, id)
);

-- A shop that is connected anew takes new orders' data again. Those of erased orders stay refused:
-- this is all the application can take away.
CREATE FUNCTION vault.readmit_shop(readmitted text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM vault.tombstone WHERE shop_id = readmitted AND order_id = '' RETURNING 1
    )
    SELECT EXISTS (SELECT FROM gone)
$$;
REVOKE EXECUTE ON FUNCTION vault.readmit_shop FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.readmit_shop TO ordersync_app;

-- Versions are never rewritten and an order's tombstone never goes, not even by the application.
GRANT USAGE ON SCHEMA vault, vault_keys TO ordersync_app;
GRANT SELECT, INSERT, DELETE ON vault.secret, vault_keys.data_key TO ordersync_app;
GRANT SELECT, INSERT ON vault.tombstone TO ordersync_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.credential, vault_keys.credential_key
    TO ordersync_app;

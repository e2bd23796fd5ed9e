-- Which rows are in which scope: what tills of one store, or of one region, get.
-- oldest program: 1
--
-- A program of the release before keeps neither; set scopes up when the last of them is gone.

-- The scopes that are kept in a partition. Written by the steps that change a row of theirs.
CREATE TABLE scope_sum (
    partition smallint NOT NULL,
    scope text COLLATE "C" NOT NULL,
    checksum bigint NOT NULL,
    PRIMARY KEY (partition, scope)
) WITH (fillfactor = 50);

CREATE TABLE scope_row (
    partition smallint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    there boolean NOT NULL,
    due integer NOT NULL,
    PRIMARY KEY (partition, kind, key, scope)
) WITH (fillfactor = 80, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX scope_row_at ON scope_row (partition, scope, number);
CREATE INDEX scope_row_due ON scope_row (partition, kind, due) WHERE due > 0;

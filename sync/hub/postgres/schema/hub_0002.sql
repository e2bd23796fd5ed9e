-- What members are found by.
-- oldest program: 1
--
-- member_key is a digest: code and member can be longer together than what an index takes (2,704 bytes).
-- A code can come from anywhere, so this table is spread by the code and not by the member's partition.

CREATE TABLE name (
    code text COLLATE "C" NOT NULL,
    partition smallint NOT NULL,
    member_key bytea NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (code, member_key)
);

-- Views of a ledger, format 2. Everything here can be built anew from the ledger.
-- Times are microseconds since 1970, days are days since 1970-01-01, in the agency's clock.

-- One row: whose views these are and how far they are.
CREATE TABLE place (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    format INTEGER NOT NULL,
    owner TEXT NOT NULL,
    offset_minutes INTEGER NOT NULL,
    records BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    jumped BIGINT NOT NULL
);

-- Texts that come again and again: types, sources, packs.
CREATE TABLE name (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- Objects in the order in which events named them first.
CREATE TABLE object (
    number INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL REFERENCES name (number),
    id TEXT NOT NULL,
    UNIQUE (kind, id)
);

-- Events of one type, from one source, on one day.
CREATE TABLE bucket (
    number INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL REFERENCES name (number),
    source INTEGER NOT NULL REFERENCES name (number),
    day INTEGER NOT NULL,
    events BIGINT NOT NULL,
    UNIQUE (kind, source, day)
);
CREATE INDEX bucket_day ON bucket (day);

-- Ranges of records, and the lists of records by object and bucket in each.
CREATE TABLE segment (
    number INTEGER PRIMARY KEY,
    first_record BIGINT NOT NULL,
    next_record BIGINT NOT NULL,
    postings BIGINT NOT NULL
);
CREATE TABLE posting (
    segment INTEGER NOT NULL REFERENCES segment (number),
    list BIGINT NOT NULL,
    first_record BIGINT NOT NULL,
    block BLOB NOT NULL,
    PRIMARY KEY (segment, list, first_record)
);

-- Rules as findings name them.
CREATE TABLE rule (
    number INTEGER PRIMARY KEY,
    pack TEXT NOT NULL,
    version TEXT NOT NULL,
    rule TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    severity INTEGER NOT NULL,
    grade INTEGER NOT NULL,
    UNIQUE (pack, version, rule, title_zh, title_en, severity, grade)
);

-- Every change of a finding, under its number.
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    record BIGINT NOT NULL,
    told BIGINT NOT NULL,
    kind INTEGER NOT NULL,
    finding BLOB NOT NULL,
    rule INTEGER NOT NULL REFERENCES rule (number),
    object_kind INTEGER NOT NULL REFERENCES name (number),
    object_id TEXT NOT NULL,
    verdict INTEGER NOT NULL,
    reason TEXT NOT NULL,
    became BIGINT NOT NULL,
    trigger_record BIGINT,
    trigger_activity TEXT,
    trigger_at BIGINT,
    other_record BIGINT,
    other_activity TEXT,
    other_at BIGINT,
    text_zh TEXT NOT NULL,
    text_en TEXT NOT NULL
);
CREATE INDEX change_finding ON change (finding, number);

-- Findings as they stand; the rest is in their last change.
CREATE TABLE finding (
    opened INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    opened_told BIGINT NOT NULL,
    last_change BIGINT NOT NULL REFERENCES change (number),
    standing INTEGER NOT NULL,
    rule INTEGER NOT NULL REFERENCES rule (number),
    object_kind INTEGER NOT NULL REFERENCES name (number),
    object_id TEXT NOT NULL,
    verdict INTEGER NOT NULL,
    became BIGINT NOT NULL
);
CREATE INDEX finding_object ON finding (object_id, object_kind, opened);
CREATE INDEX finding_rule ON finding (rule, opened);

-- Findings of one rule on one day.
CREATE TABLE finding_figure (
    rule INTEGER NOT NULL REFERENCES rule (number),
    day INTEGER NOT NULL,
    standing_open BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    PRIMARY KEY (rule, day)
);

-- What each commit moved of the clocks; read once at the start, then held in memory.
CREATE TABLE clock_note (
    number INTEGER PRIMARY KEY,
    note BLOB NOT NULL
);

-- Packs that were activated, by the record since which they judge.
CREATE TABLE pack (
    since BIGINT NOT NULL,
    pack TEXT NOT NULL,
    version TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (since, pack)
);

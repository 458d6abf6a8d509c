-- oldestRuntime: 1
--
-- The tables of the SQLite store, as PostgreSQL likes them. A record that never changes is one JSON text (`record`, or `facts` where
-- columns beside it move): text, since json types change numbers, or refuse \u0000, and records come back as written. Columns are what
-- queries need. `age` orders rows by insertion. Times are milliseconds since 1970 by the database's clock. Ids compare by their bytes.

CREATE TABLE blobs (
  key text COLLATE "C" PRIMARY KEY,
  content bytea NOT NULL
);

-- What moves with every claim and commit stands in no index and in no condition of one: so such an update touches the row's page alone.
CREATE TABLE sessions (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  request_digest text NOT NULL,
  facts text NOT NULL,
  root_id text NOT NULL,
  -- JSON of each [key, value]
  labels text[] NOT NULL,
  retention_days integer NOT NULL,
  status text NOT NULL,
  reason text,
  code text,
  round integer NOT NULL,
  open_work integer NOT NULL,
  sequence integer NOT NULL,
  running integer NOT NULL,
  -- rises with every claim: longest since last served is the least
  served bigint NOT NULL,
  max_parallel integer NOT NULL,
  ideas integer NOT NULL,
  scored integer NOT NULL,
  unscored integer NOT NULL,
  stable integer NOT NULL,
  near_duplicates integer NOT NULL,
  created_ms bigint NOT NULL,
  deadline_ms bigint NOT NULL,
  finished_ms bigint,
  -- when its requests and results are pruned; null again after it
  prune_ms bigint
) WITH (fillfactor = 50);
CREATE INDEX sessions_open ON sessions (age) WHERE status <> 'finished';
CREATE INDEX sessions_newest ON sessions (created_ms, id);
CREATE INDEX sessions_status ON sessions (status, created_ms, id);
CREATE INDEX sessions_finished ON sessions (finished_ms) WHERE finished_ms IS NOT NULL;
CREATE INDEX sessions_prune ON sessions (prune_ms) WHERE prune_ms IS NOT NULL;
-- A claim of n items takes one number, and the n - 1 after it.
CREATE SEQUENCE served INCREMENT BY 1000;

CREATE TABLE frames (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  -- the level that it is, or is below; null for the root
  level_id text COLLATE "C",
  round integer NOT NULL,
  ordinal integer NOT NULL,
  facts text NOT NULL,
  open integer,
  status text NOT NULL,
  outcome text,
  refused boolean NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX frames_session ON frames (session_id, round);
CREATE INDEX frames_level ON frames (level_id) WHERE level_id IS NOT NULL;

CREATE TABLE budgets (
  frame_id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  parent_id text COLLATE "C",
  limits jsonb NOT NULL,
  reserved jsonb NOT NULL,
  lost jsonb NOT NULL,
  spent jsonb NOT NULL,
  counted jsonb NOT NULL
) WITH (fillfactor = 60);
CREATE INDEX budgets_session ON budgets (session_id);

CREATE TABLE ideas (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  frame_id text COLLATE "C" NOT NULL,
  work_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  -- of its frame
  ordinal integer NOT NULL,
  place integer NOT NULL,
  seed boolean NOT NULL,
  parent_ids text[] NOT NULL,
  record text NOT NULL,
  -- of its newest assessment: 0 for stable, else 1; and -trust, 1 for none
  newest_id text COLLATE "C",
  rank_stable integer NOT NULL,
  rank_trust double precision NOT NULL
);
CREATE INDEX ideas_round ON ideas (session_id, round, work_id);
CREATE INDEX ideas_rank ON ideas (session_id, rank_stable, rank_trust, age);
CREATE INDEX ideas_created ON ideas (session_id, age);
CREATE INDEX ideas_frame ON ideas (frame_id);

CREATE TABLE assessments (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  idea_id text COLLATE "C" NOT NULL,
  work_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  revision integer NOT NULL,
  scored boolean NOT NULL,
  stable boolean NOT NULL,
  trust double precision,
  record text NOT NULL
);
CREATE INDEX assessments_round ON assessments (session_id, round, work_id);
CREATE INDEX assessments_idea ON assessments (idea_id, revision, id);

CREATE TABLE vectors (
  age bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_id text COLLATE "C" NOT NULL,
  idea_id text COLLATE "C" NOT NULL,
  work_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  facts text NOT NULL,
  -- 32-bit floats, little-endian: they do not compress
  elements bytea NOT NULL
);
ALTER TABLE vectors ALTER COLUMN elements SET STORAGE EXTERNAL;
CREATE INDEX vectors_round ON vectors (session_id, round, work_id);
CREATE INDEX vectors_idea ON vectors (idea_id);

CREATE TABLE traces (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  record text NOT NULL
);
CREATE INDEX traces_round ON traces (session_id, round);

CREATE TABLE signals (
  id text COLLATE "C" PRIMARY KEY,
  session_id text COLLATE "C" NOT NULL,
  sequence integer NOT NULL,
  type text NOT NULL,
  frame_id text COLLATE "C" NOT NULL,
  -- that its data speak of; for level.assessed
  round integer,
  -- without its sequence
  record text NOT NULL,
  UNIQUE (session_id, sequence)
);
CREATE INDEX signals_planted ON signals (frame_id) WHERE type IN ('seed.planted', 'stagnation.detected');
CREATE INDEX signals_assessed ON signals (session_id, sequence) WHERE type = 'level.assessed';

CREATE TABLE work (
  id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  signal_id text COLLATE "C" NOT NULL,
  level_id text COLLATE "C",
  mechanism text NOT NULL,
  priority integer NOT NULL,
  round integer NOT NULL,
  facts text NOT NULL,
  state text NOT NULL,
  created_ms bigint NOT NULL,
  ready_ms bigint NOT NULL,
  lease_ms bigint,
  ended_ms bigint,
  attempt integer NOT NULL,
  failures integer NOT NULL,
  crashes integer NOT NULL,
  retries integer NOT NULL,
  owner text,
  history text NOT NULL,
  -- what the commit that ended it said of it
  ending text,
  near_duplicates integer NOT NULL,
  dropped boolean NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX work_session ON work (session_id, age);
CREATE INDEX work_ready ON work (session_id, priority, age) WHERE state = 'ready';
-- Without the lease, so that renewing it touches no index.
CREATE INDEX work_running ON work (session_id) WHERE state = 'running';
CREATE INDEX work_signal ON work (signal_id) WHERE state IN ('ready', 'running');
CREATE INDEX work_dead ON work (age) WHERE state = 'dead' AND NOT dropped;
CREATE INDEX work_near ON work (level_id) WHERE near_duplicates > 0;

CREATE TABLE journal (
  effect_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  work_id text COLLATE "C" NOT NULL,
  frame_id text COLLATE "C" NOT NULL,
  state text NOT NULL,
  reserved jsonb NOT NULL,
  -- without state, reserved, request and result
  entry text NOT NULL,
  -- JSON; PostgreSQL compresses what is large
  request text,
  result text,
  -- what the store alone knows: extensions granted and charged, the resource that a refusal named
  kept text NOT NULL,
  PRIMARY KEY (effect_id, attempt)
) WITH (fillfactor = 70);
CREATE INDEX journal_session ON journal (session_id, age);
CREATE INDEX journal_work ON journal (work_id, age);

CREATE TABLE outbox (
  signal_id text COLLATE "C" PRIMARY KEY,
  age bigint GENERATED ALWAYS AS IDENTITY,
  session_id text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL
);
CREATE INDEX outbox_session ON outbox (session_id);
CREATE INDEX outbox_age ON outbox (age);

-- For whoever scales by what waits: ready and running items.
CREATE VIEW nireon_open_work AS
  SELECT mechanism, count(*) AS open FROM work WHERE state IN ('ready', 'running') GROUP BY mechanism;

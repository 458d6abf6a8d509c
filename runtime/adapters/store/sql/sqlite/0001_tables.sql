-- oldestRuntime: 1
--
-- A record that never changes is one JSON text (`record`, or `facts` where columns beside it move); columns
-- are what queries need. `age` orders rows by insertion. Times are milliseconds since 1970 by the store's clock.

CREATE TABLE blobs (
  key TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE sessions (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  request_digest TEXT NOT NULL,
  facts TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  code TEXT,
  round INTEGER NOT NULL,
  open_work INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  running INTEGER NOT NULL,
  -- rises with every claim: longest since last served is the least
  served INTEGER NOT NULL,
  max_parallel INTEGER NOT NULL,
  ideas INTEGER NOT NULL,
  scored INTEGER NOT NULL,
  unscored INTEGER NOT NULL,
  stable INTEGER NOT NULL,
  near_duplicates INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  deadline_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  -- when its requests and results are pruned; null again after it
  prune_ms INTEGER
) STRICT;
-- open_work - running is the number of ready items
CREATE INDEX sessions_claim ON sessions (running, served, age) WHERE status <> 'finished' AND open_work > running;
CREATE INDEX sessions_newest ON sessions (created_ms, id);
CREATE INDEX sessions_status ON sessions (status, created_ms, id);
CREATE INDEX sessions_deadline ON sessions (deadline_ms) WHERE status = 'running';
CREATE INDEX sessions_finished ON sessions (finished_ms) WHERE finished_ms IS NOT NULL;
CREATE INDEX sessions_prune ON sessions (prune_ms) WHERE prune_ms IS NOT NULL;

CREATE TABLE frames (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  -- the level that it is, or is below; null for the root
  level_id TEXT,
  round INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  facts TEXT NOT NULL,
  open INTEGER,
  status TEXT NOT NULL,
  outcome TEXT,
  refused INTEGER NOT NULL
) STRICT;
CREATE INDEX frames_session ON frames (session_id, round);
CREATE INDEX frames_level ON frames (level_id) WHERE level_id IS NOT NULL;

CREATE TABLE budgets (
  frame_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  parent_id TEXT,
  limits TEXT NOT NULL,
  reserved TEXT NOT NULL,
  lost TEXT NOT NULL,
  spent TEXT NOT NULL,
  counted TEXT NOT NULL
) STRICT;
CREATE INDEX budgets_session ON budgets (session_id);

CREATE TABLE ideas (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  frame_id TEXT NOT NULL,
  work_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  -- of its frame
  ordinal INTEGER NOT NULL,
  place INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  record TEXT NOT NULL,
  -- of its newest assessment: 0 for stable, else 1; and -trust, 1 for none
  newest_id TEXT,
  rank_stable INTEGER NOT NULL,
  rank_trust REAL NOT NULL
) STRICT;
CREATE INDEX ideas_round ON ideas (session_id, round, work_id);
CREATE INDEX ideas_rank ON ideas (session_id, rank_stable, rank_trust, age);
CREATE INDEX ideas_created ON ideas (session_id, age);
CREATE INDEX ideas_frame ON ideas (frame_id);

CREATE TABLE assessments (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  idea_id TEXT NOT NULL,
  work_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX assessments_round ON assessments (session_id, round, work_id);
CREATE INDEX assessments_idea ON assessments (idea_id);

CREATE TABLE vectors (
  age INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  idea_id TEXT NOT NULL,
  work_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  facts TEXT NOT NULL,
  -- 32-bit floats, little-endian
  elements BLOB NOT NULL
) STRICT;
CREATE INDEX vectors_round ON vectors (session_id, round, work_id);
CREATE INDEX vectors_idea ON vectors (idea_id);

CREATE TABLE traces (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX traces_round ON traces (session_id, round);

CREATE TABLE signals (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  frame_id TEXT NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (session_id, sequence)
) STRICT;
CREATE INDEX signals_planted ON signals (frame_id) WHERE type IN ('seed.planted', 'stagnation.detected');
CREATE INDEX signals_assessed ON signals (session_id, sequence) WHERE type = 'level.assessed';

CREATE TABLE work (
  age INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  signal_id TEXT NOT NULL,
  level_id TEXT,
  mechanism TEXT NOT NULL,
  priority INTEGER NOT NULL,
  round INTEGER NOT NULL,
  facts TEXT NOT NULL,
  state TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  ready_ms INTEGER NOT NULL,
  lease_ms INTEGER,
  ended_ms INTEGER,
  attempt INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  owner TEXT,
  history TEXT NOT NULL,
  -- what the commit that ended it said of it
  ending TEXT,
  near_duplicates INTEGER NOT NULL,
  dropped INTEGER NOT NULL
) STRICT;
CREATE INDEX work_session ON work (session_id, age);
CREATE INDEX work_ready ON work (session_id, priority, age, ready_ms, mechanism) WHERE state = 'ready';
CREATE INDEX work_lease ON work (lease_ms) WHERE state = 'running';
CREATE INDEX work_signal ON work (signal_id) WHERE state IN ('ready', 'running');
CREATE INDEX work_dead ON work (age) WHERE state = 'dead' AND dropped = 0;
CREATE INDEX work_near ON work (level_id) WHERE near_duplicates > 0;

CREATE TABLE journal (
  age INTEGER PRIMARY KEY,
  effect_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  work_id TEXT NOT NULL,
  state TEXT NOT NULL,
  entry TEXT NOT NULL,
  -- JSON: a text, or compressed (zstd) as a blob
  request ANY,
  result ANY,
  -- what the store alone knows: extensions granted and charged, the resource that a refusal named
  kept TEXT NOT NULL,
  UNIQUE (effect_id, attempt)
) STRICT;
CREATE INDEX journal_session ON journal (session_id, age);
CREATE INDEX journal_work ON journal (work_id, age);

CREATE TABLE outbox (
  age INTEGER PRIMARY KEY,
  signal_id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_session ON outbox (session_id);

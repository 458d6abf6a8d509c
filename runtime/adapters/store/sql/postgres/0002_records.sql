-- oldestRuntime: 1
--
-- What a commit and the creation of a session share. A function is never changed once it was released: a newer one gets another name, so
-- that programs of both versions find theirs.

-- Milliseconds since 1970 by this database's clock, or those that are given (tests).
CREATE FUNCTION store_now(given bigint) RETURNS bigint LANGUAGE sql VOLATILE
  RETURN coalesce(given, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);

-- Sets the newest assessment of each idea and its rank by it, as if `the_work` had assessed nothing; returns by how much tallies change.
CREATE FUNCTION rank_ideas(the_ideas text[], the_work text, OUT scored integer, OUT unscored integer, OUT stable integer)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  WITH changed AS (
    SELECT i.id, b.scored AS was_scored, b.stable AS was_stable, n.*
    FROM ideas i
      LEFT JOIN assessments b ON b.id = i.newest_id
      LEFT JOIN LATERAL (
        SELECT a.id AS now_id, a.scored AS now_scored, a.stable AS now_stable, a.trust
        FROM assessments a WHERE a.idea_id = i.id AND a.work_id IS DISTINCT FROM the_work
        ORDER BY a.revision DESC, a.id DESC LIMIT 1
      ) n ON true
    WHERE i.id = ANY (the_ideas)
  ), ranked AS (
    UPDATE ideas SET newest_id = now_id, rank_stable = CASE WHEN now_stable THEN 0 ELSE 1 END, rank_trust = - coalesce(trust, -1)
    FROM changed WHERE ideas.id = changed.id AND newest_id IS DISTINCT FROM now_id
  )
  SELECT
    (count(*) FILTER (WHERE now_scored) - count(*) FILTER (WHERE was_scored))::integer,
    (count(*) FILTER (WHERE NOT now_scored) - count(*) FILTER (WHERE NOT was_scored))::integer,
    (count(*) FILTER (WHERE now_stable) - count(*) FILTER (WHERE was_stable))::integer
  INTO scored, unscored, stable FROM changed;
END;
$$;

-- Inserts the records of a session, and counts its new work in their levels. Signals are numbered from `last_sequence` + 1. The caller
-- holds the session's row, has checked what the records name, and writes the session's counters. `records` is JSON of lists of rows,
-- whose keys are columns; a list that would be empty is absent.
CREATE FUNCTION write_records(
  now_ms bigint, keeps_outbox boolean, the_session text, the_work text, the_round integer, last_sequence integer, records json,
  OUT ideas_added integer, OUT signals_added integer, OUT scored integer, OUT unscored integer, OUT stable integer
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  lists record;
BEGIN
  SELECT * INTO lists FROM json_to_record(records)
    AS l(frames json, ideas json, vectors json, assessments json, traces json, work json, signals json);
  ideas_added := 0;
  signals_added := 0;
  scored := 0;
  unscored := 0;
  stable := 0;

  IF lists.frames IS NOT NULL THEN
    -- `level_id` where the commit itself says it, else that of `anchor`, the nearest frame above that was there before.
    INSERT INTO frames (id, session_id, level_id, round, ordinal, facts, open, status, refused)
      SELECT x.id, the_session, coalesce(x.level_id, (SELECT f.level_id FROM frames f WHERE f.id = x.anchor)), x.round, x.ordinal, x.facts,
        CASE WHEN x.level_id = x.id THEN 0 END, 'active', false
      FROM json_to_recordset(lists.frames) AS x(id text, level_id text, anchor text, round integer, ordinal integer, facts text);
    INSERT INTO budgets (frame_id, session_id, parent_id, limits, reserved, lost, spent, counted)
      SELECT x.id, the_session, x.parent_id, x.limits, x.nothing, x.nothing, x.nothing, x.nothing
      FROM json_to_recordset(lists.frames) AS x(id text, parent_id text, limits jsonb, nothing jsonb);
  END IF;

  IF lists.ideas IS NOT NULL THEN
    INSERT INTO ideas (id, session_id, frame_id, work_id, round, ordinal, place, seed, parent_ids, record, rank_stable, rank_trust)
      SELECT x.id, the_session, x.frame_id, x.work_id, x.round, coalesce((SELECT f.ordinal FROM frames f WHERE f.id = x.frame_id), 0),
        x.place, x.seed, x.parent_ids, x.record, 1, 1
      FROM json_to_recordset(lists.ideas)
        AS x(id text, frame_id text, work_id text, round integer, place integer, seed boolean, parent_ids text[], record text);
    SELECT count(*) INTO ideas_added FROM json_to_recordset(lists.ideas) AS x(seed boolean) WHERE NOT x.seed;
  END IF;

  IF lists.vectors IS NOT NULL THEN
    INSERT INTO vectors (session_id, idea_id, work_id, round, facts, elements)
      SELECT the_session, x.idea_id, the_work, the_round, x.facts, decode(x.elements, 'base64')
      FROM json_to_recordset(lists.vectors) AS x(idea_id text, facts text, elements text);
  END IF;

  IF lists.assessments IS NOT NULL THEN
    INSERT INTO assessments (id, session_id, idea_id, work_id, round, revision, scored, stable, trust, record)
      SELECT x.id, the_session, x.idea_id, the_work, the_round, x.revision, x.scored, x.stable, x.trust, x.record
      FROM json_to_recordset(lists.assessments)
        AS x(id text, idea_id text, revision integer, scored boolean, stable boolean, trust double precision, record text);
    SELECT r.scored, r.unscored, r.stable INTO scored, unscored, stable
      FROM rank_ideas(ARRAY(SELECT x.idea_id FROM json_to_recordset(lists.assessments) AS x(idea_id text)), NULL) r;
  END IF;

  IF lists.traces IS NOT NULL THEN
    INSERT INTO traces (id, session_id, round, record)
      SELECT x.id, the_session, the_round, x.record FROM json_to_recordset(lists.traces) AS x(id text, record text);
  END IF;

  IF lists.work IS NOT NULL THEN
    INSERT INTO work (id, session_id, signal_id, level_id, mechanism, priority, round, facts, state, created_ms, ready_ms, ended_ms, ending,
        attempt, failures, crashes, retries, history, near_duplicates, dropped)
      SELECT x.id, the_session, x.signal_id, x.level_id, x.mechanism, x.priority, x.round, x.facts,
        CASE WHEN x.dead IS NULL THEN 'ready' ELSE 'dead' END, now_ms, now_ms, CASE WHEN x.dead IS NOT NULL THEN now_ms END, x.dead,
        0, 0, 0, 0, '[]', 0, false
      FROM json_to_recordset(lists.work)
        AS x(id text, signal_id text, level_id text, mechanism text, priority integer, round integer, facts text, dead text);
    UPDATE frames SET open = open + a.added
      FROM (
        SELECT x.level_id, count(*) AS added FROM json_to_recordset(lists.work) AS x(level_id text, dead text)
        WHERE x.dead IS NULL GROUP BY x.level_id
      ) a
      WHERE frames.id = a.level_id;
  END IF;

  IF lists.signals IS NOT NULL THEN
    signals_added := json_array_length(lists.signals);
    INSERT INTO signals (id, session_id, sequence, type, frame_id, round, record)
      SELECT x.id, the_session, last_sequence + x.place, x.type, x.frame_id, x.round, x.record
      FROM json_to_recordset(lists.signals) AS x(id text, place integer, type text, frame_id text, round integer, record text);
    IF keeps_outbox THEN
      INSERT INTO outbox (signal_id, session_id, at_ms)
        SELECT x.id, the_session, now_ms FROM json_to_recordset(lists.signals) AS x(id text);
    END IF;
  END IF;
END;
$$;

-- Begins a session. Without effect where the id is taken; either way the row as it is now.
CREATE FUNCTION create_session(
  now_ms bigint, keeps_outbox boolean, the_session text, digest text, the_facts text, the_root text, the_labels text[], the_retention integer,
  the_round integer, parallel integer, deadline bigint, added integer, records json,
  OUT created boolean, OUT session sessions
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  written record;
BEGIN
  INSERT INTO sessions (id, request_digest, facts, root_id, labels, retention_days, status, round, open_work, sequence, running, served,
      max_parallel, ideas, scored, unscored, stable, near_duplicates, created_ms, deadline_ms)
    VALUES (the_session, digest, the_facts, the_root, the_labels, the_retention, 'running', the_round, added, 0, 0, 0,
      parallel, 0, 0, 0, 0, 0, now_ms, deadline)
    ON CONFLICT DO NOTHING;
  created := FOUND;
  IF created THEN
    SELECT * INTO written FROM write_records(now_ms, keeps_outbox, the_session, the_session, 0, 0, records);
    UPDATE sessions SET ideas = written.ideas_added, sequence = written.signals_added WHERE id = the_session;
  END IF;
  SELECT * INTO session FROM sessions WHERE id = the_session;
END;
$$;

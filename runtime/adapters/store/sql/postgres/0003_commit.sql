-- oldestRuntime: 1

-- Writes a StepCommit in one round trip. The session's row is locked first, as by whoever writes in a session; every statement after it
-- sees all that was committed before. Nothing is written unless the kind is `applied`:
-- fenced: another attempt holds the item, or it is ended. mismatch: the counters say otherwise about closing and ending; the columns are
-- those before the commit. missing: an idea or frame that is named is not there.
CREATE FUNCTION commit_step(
  given_now bigint, keeps_outbox boolean, the_session text, the_work text, the_attempt integer,
  new_state text, new_ending text, near integer, newest_round integer,
  -- level of each item that is brought and counts as open, '' for none
  opened text[], brings_work boolean, needed_ideas text[], needed_frames text[],
  closes_level text, ends_reason text, ends_code text, records json,
  OUT kind text, OUT open_after integer, OUT sequence_before integer, OUT level_of_item text, OUT level_open integer, OUT session_status text,
  OUT missing_idea text, OUT missing_frame text
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  s record;
  w record;
  written record;
  now_ms bigint;
  level_after integer;
  outcome_of_all text;
BEGIN
  SELECT id, status, open_work, sequence, retention_days INTO s FROM sessions WHERE id = the_session FOR NO KEY UPDATE;
  SELECT level_id, round, state, attempt INTO w FROM work WHERE id = the_work AND session_id = the_session;
  IF NOT FOUND OR w.state <> 'running' OR w.attempt <> the_attempt THEN
    kind := 'fenced';
    RETURN;
  END IF;

  session_status := s.status;
  sequence_before := s.sequence;
  level_of_item := w.level_id;
  open_after := s.open_work - 1 + cardinality(opened);
  IF w.level_id IS NOT NULL THEN
    SELECT open INTO level_open FROM frames WHERE id = w.level_id;
    level_after := level_open - 1 + cardinality(array_positions(opened, w.level_id));
  END IF;
  IF (level_after IS NOT DISTINCT FROM 0) <> (closes_level IS NOT NULL)
    OR (closes_level IS NOT NULL AND closes_level IS DISTINCT FROM w.level_id)
    OR (open_after = 0) <> (ends_reason IS NOT NULL)
    OR (s.status <> 'running' AND brings_work)
  THEN
    kind := 'mismatch';
    RETURN;
  END IF;

  IF cardinality(needed_ideas) > 0 THEN
    SELECT n INTO missing_idea FROM unnest(needed_ideas) n
      WHERE NOT EXISTS (SELECT FROM ideas WHERE id = n AND session_id = the_session) LIMIT 1;
  END IF;
  IF cardinality(needed_frames) > 0 THEN
    SELECT n INTO missing_frame FROM unnest(needed_frames) n
      WHERE NOT EXISTS (SELECT FROM frames WHERE id = n AND session_id = the_session) LIMIT 1;
  END IF;
  IF missing_idea IS NOT NULL OR missing_frame IS NOT NULL THEN
    kind := 'missing';
    RETURN;
  END IF;

  now_ms := store_now(given_now);
  UPDATE work SET state = new_state, ending = new_ending, ended_ms = now_ms, near_duplicates = near, owner = NULL, lease_ms = NULL
    WHERE id = the_work;
  IF w.level_id IS NOT NULL THEN
    UPDATE frames SET open = open - 1 WHERE id = w.level_id;
  END IF;
  SELECT * INTO written FROM write_records(now_ms, keeps_outbox, the_session, the_work, w.round, s.sequence, records);

  outcome_of_all := CASE WHEN s.status = 'running' THEN 'done' ELSE 'stopped' END;
  IF closes_level IS NOT NULL THEN
    UPDATE frames SET status = 'finished', outcome = CASE WHEN refused THEN 'budget' ELSE outcome_of_all END
      WHERE status = 'active' AND level_id = closes_level;
  END IF;
  IF ends_reason = 'failed' AND s.status = 'running' THEN
    outcome_of_all := 'failed';
  END IF;
  IF ends_reason IS NOT NULL THEN
    UPDATE frames SET status = 'finished', outcome = CASE WHEN refused THEN 'budget' ELSE outcome_of_all END
      WHERE status = 'active' AND session_id = the_session;
    UPDATE sessions SET status = 'finished', reason = ends_reason, code = ends_code, finished_ms = now_ms,
        prune_ms = now_ms + retention_days * 86400000::bigint
      WHERE id = the_session;
  END IF;
  UPDATE sessions SET running = running - 1, open_work = open_after, round = greatest(round, newest_round),
      sequence = sequence + written.signals_added, ideas = ideas + written.ideas_added, scored = scored + written.scored,
      unscored = unscored + written.unscored, stable = stable + written.stable, near_duplicates = near_duplicates + near
    WHERE id = the_session;
  kind := 'applied';
END;
$$;

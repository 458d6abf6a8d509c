-- oldestRuntime: 1

-- What is known of an effect, in one round trip, with the session's row locked. Session, work item and frame of one that was started
-- before need not be named. `status` is null where there is no such session, `chain` where there is no such frame; budgets root first.
CREATE FUNCTION effect_facts(
  given_now bigint, the_effect text, the_session text, the_work text, the_frame text,
  OUT status text, OUT now_ms bigint, OUT work_state text, OUT work_attempt integer, OUT attempts json, OUT chain json
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF the_session IS NULL THEN
    SELECT j.session_id, j.work_id, j.frame_id INTO the_session, the_work, the_frame FROM journal j WHERE j.effect_id = the_effect LIMIT 1;
  END IF;
  SELECT s.status INTO status FROM sessions s WHERE s.id = the_session FOR NO KEY UPDATE;
  now_ms := store_now(given_now);
  SELECT w.state, w.attempt INTO work_state, work_attempt FROM work w WHERE w.id = the_work;
  SELECT json_agg(json_build_object('state', j.state, 'reserved', j.reserved::text, 'entry', j.entry, 'request', j.request, 'result', j.result,
      'kept', j.kept) ORDER BY j.age)
    INTO attempts FROM journal j WHERE j.effect_id = the_effect;
  WITH RECURSIVE above AS (
    SELECT b.*, 0 AS height FROM budgets b WHERE b.frame_id = the_frame
    UNION ALL SELECT b.*, a.height + 1 FROM budgets b JOIN above a ON b.frame_id = a.parent_id
  )
  SELECT json_agg(json_build_object('frameId', a.frame_id, 'limits', a.limits, 'reserved', a.reserved, 'lost', a.lost, 'spent', a.spent,
      'counted', a.counted) ORDER BY a.height DESC)
    INTO chain FROM above a;
END;
$$;

-- Writes what was ruled on an effect: its row, the budgets that moved (JSON: frame by frame), and whether the frame was refused something.
CREATE FUNCTION write_ruling(
  the_effect text, the_attempt integer, the_session text, the_work text, the_frame text, the_state text, the_reserved jsonb, the_entry text,
  the_request text, the_result text, the_kept text, moved json, is_refused boolean
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF the_entry IS NOT NULL THEN
    INSERT INTO journal (effect_id, attempt, session_id, work_id, frame_id, state, reserved, entry, request, result, kept)
      VALUES (the_effect, the_attempt, the_session, the_work, the_frame, the_state, the_reserved, the_entry, the_request, the_result, the_kept)
      ON CONFLICT (effect_id, attempt) DO UPDATE
        SET state = excluded.state, reserved = excluded.reserved, entry = excluded.entry, result = excluded.result, kept = excluded.kept;
  END IF;
  IF moved IS NOT NULL THEN
    UPDATE budgets SET reserved = m.reserved, lost = m.lost, spent = m.spent, counted = m.counted
      FROM json_to_recordset(moved) AS m("frameId" text, reserved jsonb, lost jsonb, spent jsonb, counted jsonb)
      WHERE budgets.frame_id = m."frameId";
  END IF;
  IF is_refused THEN
    UPDATE frames SET refused = true WHERE id = the_frame;
  END IF;
END;
$$;

-- oldestRuntime: 1

-- The sum, or with `factor` -1 the difference, of two costs.
CREATE FUNCTION add_resources(a jsonb, b jsonb, factor integer) RETURNS jsonb LANGUAGE sql IMMUTABLE
  RETURN (SELECT jsonb_object_agg(key, value::bigint + factor * coalesce((b ->> key)::bigint, 0)) FROM jsonb_each_text(a));

-- Turns the open reservations of older attempts at an item into lost ones, up to the root frame. The caller holds the session's row.
CREATE FUNCTION lose_reservations(the_work text, the_attempt integer) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  j record;
BEGIN
  FOR j IN
    SELECT effect_id, attempt, frame_id, reserved FROM journal
    WHERE work_id = the_work AND state = 'started' AND attempt < the_attempt ORDER BY age
  LOOP
    UPDATE journal SET state = 'lost' WHERE effect_id = j.effect_id AND attempt = j.attempt;
    WITH RECURSIVE chain AS (
      SELECT frame_id, parent_id FROM budgets WHERE frame_id = j.frame_id
      UNION ALL SELECT b.frame_id, b.parent_id FROM budgets b JOIN chain c ON b.frame_id = c.parent_id
    )
    UPDATE budgets SET reserved = add_resources(reserved, j.reserved, -1), lost = add_resources(lost, j.reserved, 1)
      FROM chain WHERE budgets.frame_id = chain.frame_id;
  END LOOP;
END;
$$;

-- Whether a claim asks for this item.
CREATE FUNCTION is_asked_for(
  session_status text, the_mechanism text, the_signal text, the_work text, mechanisms text[], signals text[], own text[]
) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN (session_status = 'stopping' OR the_mechanism = ANY (mechanisms)) AND (signals IS NULL OR the_signal = ANY (signals))
    AND the_work <> ALL (own);

-- Hands out items. Sessions are locked first: those that another transaction holds are left to it, unless nothing else is there to claim;
-- then one is waited for, which is safe since this transaction holds nothing yet. What may be claimed is looked up again under the locks.
-- The order is that of claiming one by one: an item raises its session's `running` for the next one, and puts its session behind those
-- that were not served yet.
CREATE FUNCTION claim_work(
  given_now bigint, the_worker text, mechanisms text[], most integer, for_ms bigint, only_session text, signals text[],
  takes_over boolean, own text[]
) RETURNS TABLE (item work, was_running boolean, stops boolean) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_ms bigint;
  among text[];
  candidates text[];
  held text[];
  base bigint;
  claimed record;
BEGIN
  IF signals IS NOT NULL THEN
    among := ARRAY(SELECT DISTINCT session_id FROM work WHERE signal_id = ANY (signals) AND state IN ('ready', 'running'));
  END IF;

  LOOP
    now_ms := store_now(given_now);
    candidates := ARRAY(
      SELECT s.id FROM sessions s
      WHERE s.status <> 'finished' AND (among IS NULL OR s.id = ANY (among)) AND (only_session IS NULL OR s.id = only_session)
        AND (
          (s.open_work > s.running AND s.running < s.max_parallel AND EXISTS (
            SELECT FROM work w WHERE w.session_id = s.id AND w.state = 'ready' AND w.ready_ms <= now_ms
              AND is_asked_for(s.status, w.mechanism, w.signal_id, w.id, mechanisms, signals, own)))
          OR (takes_over AND s.running > 0 AND EXISTS (
            SELECT FROM work w WHERE w.session_id = s.id AND w.state = 'running' AND w.lease_ms <= now_ms
              AND is_asked_for(s.status, w.mechanism, w.signal_id, w.id, mechanisms, signals, own))))
      ORDER BY s.running, s.served, s.age LIMIT 2 * most + 16);
    IF cardinality(candidates) = 0 THEN
      RETURN;
    END IF;
    held := ARRAY(
      SELECT s.id FROM sessions s WHERE s.id = ANY (candidates) ORDER BY array_position(candidates, s.id) LIMIT most
      FOR NO KEY UPDATE SKIP LOCKED);
    IF cardinality(held) = 0 THEN
      PERFORM FROM sessions WHERE id = candidates[1] FOR NO KEY UPDATE;
      held := candidates[1:1];
    END IF;

    base := nextval('served');
    WITH wanted AS (
      SELECT s.id AS session_id, s.running, s.served, s.age AS session_age, s.status <> 'running' AS stopping, c.*
      FROM sessions s CROSS JOIN LATERAL (
        (SELECT w.id, w.state, w.priority, w.age FROM work w
          WHERE w.session_id = s.id AND w.state = 'ready' AND w.ready_ms <= now_ms
            AND is_asked_for(s.status, w.mechanism, w.signal_id, w.id, mechanisms, signals, own)
          ORDER BY w.priority, w.age LIMIT greatest(0, least(most, s.max_parallel - s.running)))
        UNION ALL
        (SELECT w.id, w.state, w.priority, w.age FROM work w
          WHERE takes_over AND w.session_id = s.id AND w.state = 'running' AND w.lease_ms <= now_ms
            AND is_asked_for(s.status, w.mechanism, w.signal_id, w.id, mechanisms, signals, own)
          ORDER BY w.priority, w.age LIMIT most)
      ) c
      WHERE s.id = ANY (held) AND s.status <> 'finished'
    ), in_session AS (
      -- turn: how many of its session come before; running_then: what runs in its session when its turn comes
      SELECT *, row_number() OVER before AS turn,
        running + count(*) FILTER (WHERE state = 'ready') OVER (before ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS running_then
      FROM wanted WINDOW before AS (PARTITION BY session_id ORDER BY priority, age)
    ), in_step AS (
      SELECT *, row_number() OVER (PARTITION BY session_id, running_then ORDER BY turn) AS step FROM in_session
    ), in_order AS (
      SELECT *, row_number() OVER (ORDER BY running_then, step, turn, served, session_age) AS place FROM in_step ORDER BY place LIMIT most
    ), taken AS (
      UPDATE work SET state = 'running', attempt = attempt + 1, owner = the_worker, lease_ms = now_ms + for_ms,
          crashes = crashes + CASE WHEN o.state = 'running' THEN 1 ELSE 0 END
        FROM in_order o WHERE work.id = o.id
    ), counted AS (
      UPDATE sessions SET running = sessions.running + o.more, served = base + o.last
        FROM (SELECT session_id, count(*) FILTER (WHERE state = 'ready') AS more, max(place) AS last FROM in_order GROUP BY session_id) o
        WHERE sessions.id = o.session_id
    )
    SELECT array_agg(id ORDER BY place) AS ids, array_agg(state = 'running' ORDER BY place) AS running, array_agg(stopping ORDER BY place) AS stopping
      INTO claimed FROM in_order;
    EXIT WHEN claimed.ids IS NOT NULL;
    -- Whoever held the session took it all: there may be others.
  END LOOP;

  PERFORM lose_reservations(w.id, w.attempt) FROM work w WHERE w.id = ANY (claimed.ids) AND w.attempt > 1;
  RETURN QUERY
    SELECT w, c.running, c.stopping
    FROM unnest(claimed.ids, claimed.running, claimed.stopping) WITH ORDINALITY AS c(id, running, stopping, place) JOIN work w ON w.id = c.id
    ORDER BY c.place;
END;
$$;

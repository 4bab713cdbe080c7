-- What `city.py` fills a database with. A line `--- name` begins a part; the part `tickets` runs once for each span of
-- numbers in `span`. `size` says how much is wanted; `own_word`, `reference` and `kind` are filled by then.

--- words

CREATE FUNCTION pg_temp.one_of(text[]) RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT $1[1 + floor(random() * cardinality($1))::int] $$;
-- An id as ours are: those of one table grow with time. The same moment and number make the same id.
CREATE FUNCTION pg_temp.id_of(moment timestamptz, number bigint, of_table text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(of_table || number), 1, 3) || '8' || substr(md5(number || of_table), 1, 15))::uuid $$;
CREATE FUNCTION pg_temp.reported(number bigint) RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT until - ((tickets - number + 0.5) / tickets::float8) * interval '730 days' FROM size $$;

CREATE TEMP TABLE name_part AS SELECT
    string_to_array('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕', NULL) AS surnames,
    string_to_array('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国玉兰婷雪宇浩欣怡子轩梓涵晨曦', NULL) AS given,
    '{Anna,Boris,Clara,David,Elena,Felix,Grace,Henry,Irene,James,Karen,Leon,Maria,Nora,Oscar,Paula,Quentin,Rosa,Simon,Teresa,Ursula,Victor,Wanda,Xavier,Yvonne,Zachary}'::text[] AS first,
    '{Anderson,Bennett,Carpenter,Davidson,Eriksson,Fletcher,Grigoriev,Hamilton,Ivanova,Johnson,Kowalski,Lindqvist,Martinez,Nakamura,Okonkwo,Peterson,Robertson,Schneider,Thompson,Underwood,Vasquez,Williamson,Yamamoto,Zimmerman}'::text[] AS last;

--- sites, contracts, equipment, residents

-- Complexes of a hundred flats, at least one in each territory. The first territories are the largest; the last is new.
CREATE TEMP TABLE complex AS
SELECT placed.*,
       CASE WHEN placed.english THEN format('%s %s %s', own.english, (ARRAY['Gardens', 'Court', 'Towers', 'Park'])[1 + placed.number % 4], placed.number)
            ELSE format('%s%s%s区', own.chinese, (ARRAY['花园', '家园', '新村', '广场', '佳苑', '公寓'])[1 + placed.number % 6], placed.number) END AS name
FROM (
    SELECT number::int, random() < 0.4 AS english, 34 + random() / 2 AS latitude, 108.7 + random() / 2 AS longitude,
           CASE WHEN number < territories THEN number
                ELSE least(floor((territories - 1) * random() ^ 2)::int, territories - 2) END AS territory
    FROM size, generate_series(0, sites / flats) AS number
) AS placed JOIN own_word AS own ON own.number = territory;

CREATE TEMP TABLE customer AS
SELECT flat.number, territory.id AS territory_id, territory.number AS territory, complex.name AS complex, complex.english,
       latitude + random() / 200 AS latitude, longitude + random() / 200 AS longitude,
       CASE WHEN complex.english THEN format('Building %s, flat %s', 1 + nth / 20, 101 + nth % 20)
            ELSE format('%s号楼%s单元%s', 1 + nth / 20, 1 + nth / 10 % 2, 101 + nth % 10) END AS address,
       CASE WHEN random() < 0.4 THEN pg_temp.one_of(first) || ' ' || pg_temp.one_of(last)
            ELSE pg_temp.one_of(surnames) || pg_temp.one_of(given) || CASE WHEN random() < 0.7 THEN pg_temp.one_of(given) ELSE '' END
       END AS name,
       '+861' || 3 + flat.number % 7 || lpad((flat.number::bigint * 7919 % 1000000000)::text, 9, '0') AS phone,
       pg_temp.id_of(since, flat.number, 'site') AS site_id, pg_temp.id_of(since, flat.number, 'account') AS account_id,
       pg_temp.id_of(since, flat.number, 'asset') AS asset_id, pg_temp.id_of(since, flat.number, 'person') AS person_id
FROM size CROSS JOIN name_part, (
    SELECT number, number / flats AS complex, number % flats AS nth FROM size, generate_series(0, sites - 1) AS number
) AS flat
JOIN complex ON complex.number = flat.complex
JOIN own_word AS territory ON territory.number = complex.territory;
CREATE UNIQUE INDEX ON customer (number);
ANALYZE customer;

INSERT INTO accounts_user (id, password, phone, name, email, language, time_zone, is_active, is_staff, registered_at, sign_outs)
SELECT person_id, '!', phone, name, '', CASE WHEN english THEN 'en' ELSE 'zh' END, 'Asia/Shanghai', true, false, since, 0
FROM customer, size;
INSERT INTO accounts_rolegrant (id, role, granted_at, user_id)
SELECT pg_temp.id_of(since, number, 'grant'), 'resident', since, person_id FROM customer, size;
INSERT INTO tickets_site (id, territory_id, name, complex, address, latitude, longitude, radius_m, access_notes)
SELECT site_id, territory_id, '', complex, address, latitude, longitude, 150, '' FROM customer;
-- A segment of the network for every three complexes of a territory.
CREATE TEMP TABLE feeder AS
SELECT complex.number AS complex, territory, (row_number() OVER (PARTITION BY territory ORDER BY complex.number) - 1) / 3 AS nth FROM complex;
INSERT INTO tickets_networksegment (id, territory_id, code, name, name_zh, service_types, is_active)
SELECT DISTINCT pg_temp.id_of(since, territory * 10000 + nth, 'segment'), own.id, 'feeder-' || nth, 'Feeder ' || nth, nth || '号线', '{}'::text[], true
FROM size, feeder JOIN own_word AS own ON own.number = territory;
INSERT INTO tickets_networkconnection (id, segment_id, site_id, since)
SELECT pg_temp.id_of(since, customer.number, 'connection'), pg_temp.id_of(since, feeder.territory * 10000 + nth, 'segment'), site_id, since
FROM size, customer JOIN feeder ON feeder.complex = customer.number / (SELECT flats FROM size);
INSERT INTO tickets_serviceaccount (id, number, site_id, holder_id, holder_name, phone, customer_class, household)
SELECT account_id, 'BB-' || lpad(number::text, 7, '0'), site_id, person_id, name, phone, '', '{}' FROM customer;
INSERT INTO tickets_asset (id, site_id, account_id, kind, model, serial, components)
SELECT asset_id, site_id, account_id, 'modem', (ARRAY['HG-8245', 'ZX-600', 'F-660', 'AX-3000'])[1 + number % 4],
       'SN' || upper(substr(md5('serial' || number), 1, 9)), '{}'
FROM customer;

CREATE TEMP TABLE technician AS
SELECT territory.number AS territory, nth AS number, pg_temp.id_of(since, territory.number * 25 + nth, 'technician') AS id, territory.id AS territory_id
FROM size, own_word AS territory, generate_series(0, 24) AS nth;
INSERT INTO accounts_user (id, password, username, name, email, language, time_zone, is_active, is_staff, registered_at, sign_outs)
SELECT id, '!', 'city-technician-' || territory || '-' || number, pg_temp.one_of(surnames) || pg_temp.one_of(given), '', 'zh', 'Asia/Shanghai', true, false, since, 0
FROM technician, name_part, size;
INSERT INTO accounts_rolegrant (id, role, granted_at, user_id, territory_id)
SELECT pg_temp.id_of(since, territory * 25 + number, 'of technician'), 'technician', since, id, territory_id FROM technician, size;

CREATE TEMP TABLE fault (number serial, kind int, fault text, english text, chinese text);
INSERT INTO fault (kind, fault, english, chinese) VALUES
    (0, 'no_connection', 'No internet since yesterday evening', '昨晚开始无法上网'),
    (0, 'no_connection', 'The light of the modem is red', '光猫亮红灯'),
    (0, 'slow', 'Very slow in the evening', '晚上网速很慢'),
    (0, 'drops', 'The connection drops every few minutes', '网络频繁掉线'),
    (0, 'wifi', 'The wireless does not reach the bedroom', '卧室没有信号'),
    (1, 'lift', 'The lift stops between the floors', '电梯停在楼层之间'),
    (1, 'water', 'No hot water in the morning', '早上没有热水'),
    (2, 'noise', 'Loud noise from the meter', '燃气表有异响'),
    (2, 'leak', 'Smell of gas in the kitchen', '厨房有燃气味'),
    (2, 'pressure', 'The flame is very small', '火苗很小'),
    (3, 'sign_in', 'Guests cannot sign in to the wireless', '住客无法登录无线网络');
CREATE TEMP TABLE ticket (
    number bigint, id uuid, reported_at timestamptz, age float8, status text, customer int, main bigint, repeats bigint,
    responded_at timestamptz, visited boolean, technician uuid, resolved_at timestamptz, closed_at timestamptz
);

--- tickets

TRUNCATE ticket;
-- What hangs together: the younger, the more likely open; one of seventy is the same fault as the ticket before it, one
-- of fifty a fault that came back after a thousand others.
INSERT INTO ticket
SELECT number, pg_temp.id_of(reported_at, number, 'ticket'), reported_at, age,
       CASE WHEN number % 70 = 0 AND number > 1 THEN 'merged'
            WHEN chance < open_share THEN (ARRAY['new', 'triaged', 'dispatched', 'dispatched', 'in_progress', 'on_hold'])[1 + floor(random() * 6)::int]
            WHEN chance > 0.96 THEN 'cancelled'
            WHEN age < 5 THEN 'resolved'
            ELSE 'closed' END,
       (abs(hashint8(CASE WHEN number % 70 = 0 THEN number - 1 WHEN number % 50 = 0 THEN greatest(number - 1000, 1) ELSE number END)::bigint) % sites)::int,
       CASE WHEN number % 70 = 0 AND number > 1 THEN number - 1 END,
       CASE WHEN number % 50 = 0 AND number % 70 > 0 AND number > 1000 THEN number - 1000 END,
       reported_at - ln(1 - random() * 0.999) * interval '4 hours',
       random() < 0.8
FROM size, span, generate_series(first_number, last_number) AS number
CROSS JOIN LATERAL (SELECT pg_temp.reported(number) AS reported_at) AS moments
CROSS JOIN LATERAL (SELECT extract(epoch FROM until - reported_at) / 86400 AS age, random() + 0 * number AS chance) AS ages
CROSS JOIN LATERAL (SELECT CASE WHEN age < 1 THEN 0.8 WHEN age < 5 THEN 0.4 WHEN age < 30 THEN 0.08 ELSE 0.002 END AS open_share) AS shares;
UPDATE ticket SET visited = status NOT IN ('new', 'triaged', 'merged', 'cancelled') AND (visited OR status IN ('dispatched', 'in_progress')),
    responded_at = least(responded_at, until), technician = worker.id
FROM size, customer, technician AS worker
WHERE customer.number = ticket.customer AND worker.territory = customer.territory AND worker.number = ticket.number % 25;
UPDATE ticket SET resolved_at = least(responded_at - ln(1 - random() * 0.999) * interval '15 hours', until)
FROM size WHERE status IN ('resolved', 'closed');
UPDATE ticket SET closed_at = least(coalesce(resolved_at, responded_at) + random() * interval '5 days', until)
FROM size WHERE status IN ('closed', 'cancelled');

INSERT INTO tickets_ticket (
    id, reference, service_type_id, status, priority, source, territory_id, site_id, account_id, asset_id, complex, address,
    title, details, contact_name, contact_phone, access_notes, resident_id, opened_by_id, responsible_id, reported_at, received_at,
    hold_reason, held_from, resolution_code, resolved_remotely, resolved_at, confirm_until, closed_at,
    external_source, external_key, flags, archived, follows_id, repeats_id
)
SELECT ticket.id, reference, kind.id, status,
       CASE WHEN fault = 'leak' THEN 1 ELSE 2 + (abs(hashint8(ticket.number)::bigint) / 7 % 3)::int END,
       (ARRAY['phone', 'phone', 'phone', 'phone', 'phone', 'app', 'app', 'web', 'web', 'plan'])[1 + floor(random() * 10)::int],
       territory_id, site_id, account_id, asset_id, customer.complex, address,
       CASE WHEN customer.english THEN fault.english ELSE fault.chinese END, jsonb_build_object('fault', fault), name, phone, '',
       CASE WHEN random() < 0.6 THEN person_id END, NULL,
       CASE WHEN closed_at IS NULL AND random() < 0.3 THEN ticket.technician END, reported_at, reported_at,
       CASE status WHEN 'on_hold' THEN (ARRAY['waiting_for_resident', 'waiting_for_part'])[1 + floor(random() * 2)::int] ELSE '' END,
       CASE status WHEN 'on_hold' THEN 'triaged' ELSE '' END,
       CASE WHEN resolved_at IS NULL THEN '' ELSE 'repaired' END, resolved_at IS NOT NULL AND NOT visited, resolved_at,
       CASE status WHEN 'resolved' THEN until + interval '1 year' END, closed_at, '', '', '{}',
       coalesce(closed_at < until - interval '14 days', false),
       pg_temp.id_of(pg_temp.reported(main), main, 'ticket'), pg_temp.id_of(pg_temp.reported(repeats), repeats, 'ticket')
FROM size CROSS JOIN ticket
JOIN customer ON customer.number = ticket.customer
JOIN reference ON reference.number = ticket.number
JOIN fault ON fault.number = 1 + (ticket.customer + CASE WHEN main IS NULL AND repeats IS NULL THEN ticket.number ELSE coalesce(main, repeats) END) % 11
JOIN kind ON kind.number = fault.kind;

INSERT INTO tickets_visit (
    id, ticket_id, technician_id, status, window_start, window_end, override_reason, dispatched_at, accepted_at, travelling_at,
    arrived_at, departed_at, completed_at, diagnosis, checklist_answers, resolution_code, parts_answer, signed_by,
    no_signature_reason, incomplete_reason, next_visit_wanted, decline_reason, cancel_reason, flags, parts_needed, undiagnosed
)
SELECT pg_temp.id_of(responded_at, number, 'visit'), id, technician,
       CASE WHEN done THEN 'completed' ELSE 'dispatched' END, starts_at, starts_at + interval '1 hour', '', responded_at,
       CASE WHEN done THEN responded_at END, CASE WHEN done THEN arrived_at - (5 + random() * 40) * interval '1 minute' END,
       CASE WHEN done THEN arrived_at END, CASE WHEN done THEN resolved_at END, CASE WHEN done THEN resolved_at END,
       '', '{}', CASE WHEN done THEN 'repaired' ELSE '' END, CASE WHEN done THEN 'none' ELSE '' END, '', '', '', false, '', '', '{}', '', false
FROM size, (
    SELECT *, resolved_at IS NOT NULL AS done, resolved_at - (20 + random() * 100) * interval '1 minute' AS arrived_at,
           row_number() OVER (PARTITION BY technician, resolved_at IS NULL ORDER BY number) AS turn
    FROM ticket WHERE visited
) AS visits
-- Nobody can be at two places at once, as long as something is to be done there.
CROSS JOIN LATERAL (
    SELECT CASE WHEN done THEN date_trunc('hour', arrived_at)
                ELSE date_trunc('hour', until) + (turn + 100 * chunk) * interval '1 hour' END AS starts_at FROM span
) AS windows;

INSERT INTO tickets_ticketclock (
    id, ticket_id, target, round, policy_id, target_duration, limit_duration, warn_percents, pausing_reasons, state,
    started_at, met_at, stopped_at, due_at, limit_at, target_missed, limit_missed, judged_in_hindsight
)
SELECT pg_temp.id_of(started_at, number, target), id, target, 1, policy_id, target_duration, 2 * target_duration, '{50,75,100}', '{}',
       CASE WHEN passed THEN 'breached' WHEN met_at IS NOT NULL THEN 'met' WHEN stopped_at IS NOT NULL THEN 'stopped'
            WHEN stands THEN 'paused' ELSE 'running' END,
       started_at, met_at, stopped_at, CASE WHEN NOT stands THEN due_at END,
       CASE WHEN NOT stands THEN due_at + target_duration END, passed, passed AND coalesce(met_at, stopped_at, until) > due_at + target_duration, false
FROM size, (
    SELECT number, id, status, target, started_at, target_duration, started_at + target_duration AS due_at, met_at,
           CASE WHEN met_at IS NULL AND status IN ('resolved', 'closed', 'cancelled', 'merged') THEN coalesce(closed_at, resolved_at, reported_at) END AS stopped_at,
           status = 'on_hold' AND met_at IS NULL AND target <> 'first_reply' AS stands
    FROM ticket CROSS JOIN LATERAL (
        VALUES ('first_reply', reported_at, interval '24 hours', CASE WHEN status NOT IN ('new', 'merged', 'cancelled') THEN responded_at END, true),
               ('on_site', reported_at, interval '24 hours', CASE WHEN visited AND status <> 'dispatched' THEN coalesce(resolved_at - interval '1 hour', responded_at) END, true),
               ('result_told', resolved_at, interval '1 hour', resolved_at + random() * interval '70 minutes', status IN ('resolved', 'closed'))
    ) AS promises (target, started_at, target_duration, met_at, made) WHERE made
) AS clocks
CROSS JOIN LATERAL (SELECT coalesce(met_at, stopped_at, until) > due_at AND NOT stands AS passed) AS judged,
(SELECT policy_id FROM kind LIMIT 1) AS policies;

INSERT INTO tickets_ticketevent (id, ticket_id, kind, public, actor_id, occurred_at, received_at, data)
SELECT pg_temp.id_of(occurred_at, number, kind), id, kind, true, technician, occurred_at, occurred_at, '{}'
FROM ticket CROSS JOIN LATERAL (
    VALUES ('ticket_opened', reported_at, true), ('visit_dispatched', responded_at, visited),
           ('ticket_resolved', resolved_at, resolved_at IS NOT NULL)
) AS happened (kind, occurred_at, has) WHERE has;

INSERT INTO tickets_note (id, ticket_id, kind, internal, text, author_id, occurred_at, received_at, flags)
SELECT pg_temp.id_of(responded_at, number, 'note'), id, CASE WHEN number % 10 = 0 THEN 'message' ELSE 'note' END, number % 10 > 0,
       pg_temp.one_of('{"Ring before, the dog is friendly.",地下室有灯，门禁请按201。,"The caretaker has the key."}'), technician, responded_at, responded_at, '{}'
FROM ticket WHERE number % 5 = 0;

INSERT INTO tickets_rating (id, ticket_id, score, reasons, comment, actor_id, occurred_at, received_at)
SELECT pg_temp.id_of(closed_at, number, 'rating'), id, 1 + floor(5 * sqrt(random()))::int, '{}', '', NULL, closed_at, closed_at
FROM ticket WHERE status = 'closed' AND number % 4 = 0;

INSERT INTO tickets_call (
    id, territory_id, agent_id, direction, result, question, answer, resident_id, caller_name, caller_number, site_id, account_id,
    ticket_id, started_at, ended_at, received_at, correction_reason
)
SELECT pg_temp.id_of(reported_at, ticket.number, 'call'), territory_id, agent, 'in', 'ticket_opened', '', '', person_id, name, phone,
       site_id, account_id, id, reported_at, reported_at + interval '3 minutes', reported_at, ''
FROM ticket JOIN customer ON customer.number = ticket.customer, (SELECT id AS agent FROM accounts_user WHERE username = 'city-agent-large') AS agents
WHERE ticket.number % 2 = 0;

INSERT INTO tickets_callback (
    id, territory_id, cause, question, ticket_id, resident_id, contact_name, contact_number, state, round, promised_at, round_began_at,
    due_at, warn_percents, warn_at, first_due_at, first_called_at, ended_at, outcome
)
SELECT pg_temp.id_of(reported_at, ticket.number, 'callback'), territory_id, 'question', '什么时候上门？When will you come?', id, person_id, name, phone,
       CASE WHEN closed_at IS NULL THEN 'open' ELSE 'done' END, 1, reported_at, reported_at, reported_at + interval '30 minutes', '{}', '{}',
       reported_at + interval '30 minutes', CASE WHEN closed_at IS NOT NULL THEN reported_at + random() * interval '40 minutes' END,
       closed_at, ''
FROM ticket JOIN customer ON customer.number = ticket.customer WHERE ticket.number % 30 = 0;

INSERT INTO notifications_notice (
    id, user_id, kind, subject_collection, subject_id, ticket_id, territory_id, title, title_zh, body, body_zh, data, urgent,
    wants_ack, dedupe_key, created_at, steps, steps_taken
)
SELECT pg_temp.id_of(resolved_at, ticket.number, 'notice'), person_id, 'ticket_resolved', 'tickets', id, id, territory_id, 'Repaired', '已修复', '', '',
       '{}', false, false, 'city-' || ticket.number, resolved_at, '[]', 0
FROM ticket JOIN customer ON customer.number = ticket.customer WHERE resolved_at IS NOT NULL AND ticket.number % 4 = 0;

--- outages

CREATE TEMP TABLE outage AS
SELECT gen_random_uuid() AS id, main.territory_id, main.service_type_id, main.fault, main.area, main.id AS main_id, main.reported_at
FROM tickets_ticket AS main WHERE main.id IN (SELECT follows_id FROM tickets_ticket WHERE status = 'merged' LIMIT 200);
INSERT INTO tickets_outage (id, territory_id, service_type_id, fault, area, status, main_id, message, message_zh, proposed_at, reason, resolved_at)
SELECT id, territory_id, service_type_id, fault, area, 'resolved', main_id, '', '', reported_at, '', reported_at + interval '1 day' FROM outage;
UPDATE tickets_ticket SET outage_id = outage.id FROM outage WHERE tickets_ticket.id = main_id OR tickets_ticket.follows_id = main_id;

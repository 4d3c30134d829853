import { openEventsLock } from './postgres-events.ts'

/** Where triggers tell of what may be due. */
export const changesChannel = 'tmo_changed'

const tellWhen = `state IN ('ready', 'scheduled', 'pending')`

/** What PostgreSQL has beside the tables: numbers of events that readers can trust, and words to those who wait. */
export const postgresFirstSchema: readonly string[] = [
  // Rows are changed several times each: room in their page keeps the indices from growing.
  `ALTER TABLE job SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)`,
  `ALTER TABLE event ALTER COLUMN seq DROP IDENTITY`,
  `CREATE SEQUENCE event_number MINVALUE 0 START 0 OWNED BY event.seq`,
  // The first number given is 1, and 0 is the last one before it.
  `SELECT nextval('event_number')`,
  `CREATE FUNCTION number_event() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE this_transaction TEXT := pg_current_xact_id()::TEXT;
    BEGIN
      IF current_setting('tmo.numbering', true) IS DISTINCT FROM this_transaction THEN
        PERFORM pg_advisory_xact_lock_shared(${openEventsLock} + last_value) FROM event_number;
        PERFORM set_config('tmo.numbering', this_transaction, true);
      END IF;
      NEW.seq := nextval('event_number');
      RETURN NEW;
    END $$`,
  `CREATE TRIGGER event_number BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION number_event()`,
  `CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('${changesChannel}', '');
      RETURN NULL;
    END $$`,
  ...['job', 'outbox'].flatMap((table) => [
    `CREATE TRIGGER ${table}_told AFTER INSERT OR UPDATE OF state, due_at ON ${table} FOR EACH ROW
      WHEN (NEW.${tellWhen}) EXECUTE FUNCTION tell_change()`,
  ]),
  `CREATE TRIGGER schedule_told AFTER INSERT OR UPDATE OF enabled, cron, every_ms ON schedule FOR EACH ROW
    EXECUTE FUNCTION tell_change()`,
]

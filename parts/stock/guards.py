"""What PostgreSQL itself sees to: balances follow from movements, and nothing else writes either.

Raw SQL, the console and bulk operations meet the same triggers as the services do.
"""

import pgtrigger

count_movement = pgtrigger.Trigger(
    name="movement_counts",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    declare=[("from_customer", "boolean"), ("side", "record")],
    func="""
        IF NEW.quantity <> trunc(NEW.quantity)
            AND EXISTS (SELECT 1 FROM parts_part WHERE id = NEW.part_id AND unit IN ('piece', 'set'))
        THEN
            RAISE EXCEPTION 'a fraction of a piece: %', NEW.quantity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_of_whole_pieces';
        END IF;

        -- 1. The serial leaves the place where it is. From a customer may come what was fitted before the books began.
        IF NEW.follows_serial THEN
            from_customer := EXISTS (
                SELECT 1 FROM parts_location WHERE id = NEW.from_location_id AND kind = 'customer'
            );
            INSERT INTO parts_serialposition (id, part_id, serial, location_id, condition, movement_id)
            VALUES (gen_random_uuid(), NEW.part_id, NEW.serial, NULL, NEW.condition, NEW.id)
            ON CONFLICT (part_id, serial) DO NOTHING;
            UPDATE parts_serialposition AS known
            SET location_id = NEW.to_location_id, condition = NEW.condition, movement_id = NEW.id
            WHERE part_id = NEW.part_id AND serial = NEW.serial AND CASE
                WHEN from_customer THEN location_id IS NULL OR location_id = NEW.from_location_id
                WHEN NEW.from_location_id IS NULL THEN location_id IS NULL
                ELSE location_id = NEW.from_location_id AND condition = NEW.condition
            END;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'serial % is not where this movement begins', NEW.serial
                USING ERRCODE = 'check_violation', CONSTRAINT = 'serial_is_where_it_moves_from';
            END IF;
        END IF;

        -- 2. Both balances, in the order of their locations, so that opposite movements do not lock each other out. The
        -- customers have none: it would be the one row for which everybody who fits such a part waits.
        -- A new row starts at nothing: the CHECK would refuse a proposed negative one before it looks for a conflict.
        FOR side IN
            SELECT id, CASE WHEN id = NEW.to_location_id THEN NEW.quantity ELSE -NEW.quantity END AS change
            FROM parts_location
            WHERE id IN (NEW.from_location_id, NEW.to_location_id) AND kind <> 'customer' ORDER BY id
        LOOP
            INSERT INTO parts_stockbalance (id, location_id, part_id, condition, quantity)
            VALUES (gen_random_uuid(), side.id, NEW.part_id, NEW.condition, 0)
            ON CONFLICT (location_id, part_id, condition) DO NOTHING;
            UPDATE parts_stockbalance SET quantity = quantity + side.change
            WHERE location_id = side.id AND part_id = NEW.part_id AND condition = NEW.condition;
        END LOOP;
        RETURN NULL;
    """,
)


use_up_allocation = pgtrigger.Trigger(
    name="movement_uses_up_allocation",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NEW.visit_id IS NOT NULL AND NEW.reason IN ('use', 'send')"),
    func="""
        UPDATE parts_allocation SET
            used = least(quantity, used + NEW.quantity),
            ended_at = CASE WHEN used + NEW.quantity >= quantity THEN NEW.occurred_at END
        WHERE visit_id = NEW.visit_id AND location_id = NEW.from_location_id AND part_id = NEW.part_id
            AND ended_at IS NULL;
        RETURN NULL;
    """,
)
"""What a visit takes is kept for it no more, whoever tells of it and however."""


def derived_only(name: str) -> pgtrigger.Trigger:
    """Only another trigger, which is that of the movements, may write the table."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
        func="""
            RAISE EXCEPTION '% is derived: write a movement', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
        """,
    )


def not_emptied(name: str) -> pgtrigger.Trigger:
    """TRUNCATE, which fires no other trigger, is refused."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="""
            RAISE EXCEPTION '% is the ledger: it stays', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
        """,
    )

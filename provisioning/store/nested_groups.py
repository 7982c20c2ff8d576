"""Groups inside groups."""

# A group's members that are groups lie side by side in the key, before all that are people. Going
# up or down goes through them alone: where the tables were never analyzed, as after a directory's
# first import, PostgreSQL reads all members once for each row that it goes on from.
MEMBER_IS_GROUP = "m.member_id >= 'dirgrp' AND m.member_id < 'dirh'"
# UNION, not UNION ALL: a cycle of nested groups ends when it brings nobody new.
INSIDE = f"""
    nested (group_id) AS (
        SELECT id FROM directory_groups
        WHERE organization_id = :organization_id AND id = ANY(:ids)
        UNION
        SELECT m.member_id FROM nested
        JOIN directory_group_members m ON m.group_id = nested.group_id
            AND m.organization_id = :organization_id AND m.removed_at IS NULL
            AND {MEMBER_IS_GROUP}
    ),
    inside (member_id) AS (
        SELECT DISTINCT m.member_id FROM nested
        JOIN directory_group_members m ON m.group_id = nested.group_id
        WHERE m.organization_id = :organization_id AND m.removed_at IS NULL
    )
"""
"""Common table expressions: `inside` is whoever is in the groups `:ids`, directly or not."""

"""
What all pages of tables share: the one MetaData, and how constraints are named.

Names of constraints matter: `failures.py` tells a refusal by them. Every tenant-owned row carries
its `organization_id`, and every statement asks for it. Rows that come by thousands have a foreign
key at most to the one row that they hang on, and none to what is never deleted (ADR-0031 and
ADR-0034).
"""

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

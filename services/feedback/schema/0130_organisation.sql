-- What planning says of closed units and of products with many spellings.

-- First day on which the unit is closed: rows of that day and later wait.
ALTER TABLE ref_unit ADD COLUMN closed date NOT NULL DEFAULT 'infinity';

CREATE TABLE ref_product_alias (
    alias       text COLLATE "C" PRIMARY KEY,
    product_id  integer NOT NULL
);
CREATE INDEX ref_product_alias_product ON ref_product_alias (product_id);

-- photos: references to photos as the row has them (mapping/photos.h); NULL none. feed_id: who brought the row; NULL no feed,
-- or it was recorded before this was kept (then its file tells).
ALTER TABLE order_line
    ADD COLUMN photos   text,
    ADD COLUMN feed_id  integer;

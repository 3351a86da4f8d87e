DROP TABLE local_attributes;

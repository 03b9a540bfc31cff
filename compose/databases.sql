-- Our own database beside the engine's two; PostgreSQL runs this once, when its volume is new.
CREATE DATABASE lienthong;

"""SQLAlchemy with StarRocks' own dialect: inspection, reflection, core and ORM."""

import decimal

import pytest
import sqlalchemy as sa
import sqlalchemy.orm as orm

DATABASE = "sqlalchemy_db"


@pytest.fixture(scope="module")
def engine(server, warehouse):
    with server.sql() as connection, connection.cursor() as cursor:
        cursor.execute(f"create database if not exists {warehouse}.{DATABASE}")
        cursor.execute(f"drop table if exists {warehouse}.{DATABASE}.orders")
        cursor.execute(f"create table {warehouse}.{DATABASE}.orders (id bigint not null comment 'its number', customer varchar(40), "
                       "total decimal(12, 2), placed datetime, tags array<string>) comment 'what was ordered'")
        cursor.execute(f"insert into {warehouse}.{DATABASE}.orders values (1, 'Ada', 10.50, '2024-05-01 10:00:00', ['new']), "
                       "(2, 'Bob', 20.00, '2024-05-02 11:00:00', []), (3, 'Ada', 5.25, '2024-05-03 12:00:00', null)")
        cursor.execute(f"create view {warehouse}.{DATABASE}.ada as select id, total from {warehouse}.{DATABASE}.orders where customer = 'Ada'")
    made = sa.create_engine(f"starrocks://root:@127.0.0.1:{server.mysql_port}/{warehouse}.{DATABASE}")
    yield made
    made.dispose()


def test_inspection(engine):
    inspector = sa.inspect(engine)
    assert DATABASE in inspector.get_schema_names()
    assert inspector.get_table_names() == ["orders"]
    assert inspector.get_view_names() == ["ada"]
    assert "orders" in inspector.get_view_definition("ada")
    assert inspector.has_table("orders") and not inspector.has_table("no_such_table")
    columns = inspector.get_columns("orders")
    assert [column["name"] for column in columns] == ["id", "customer", "total", "placed", "tags"]
    assert isinstance(columns[2]["type"], sa.types.Numeric) and columns[2]["type"].scale == 2
    assert columns[0]["comment"] == "its number"
    assert inspector.get_foreign_keys("orders") == [] and inspector.get_indexes("orders") == []


def test_reflection_and_core(engine):
    orders = sa.Table("orders", sa.MetaData(), autoload_with=engine)
    query = (sa.select(orders.c.customer, sa.func.sum(orders.c.total).label("total"))
             .where(orders.c.id.in_([1, 2, 3])).group_by(orders.c.customer).having(sa.func.count() >= 1)
             .order_by(sa.desc("total")).limit(5).offset(0))
    with engine.connect() as connection:
        assert connection.execute(query).all() == [("Bob", decimal.Decimal("20.00")), ("Ada", decimal.Decimal("15.75"))]
        assert connection.execute(sa.text("select :a + :b"), {"a": 1, "b": 2}).scalar() == 3


def test_core_writes(engine):
    metadata = sa.MetaData()
    table = sa.Table("written", metadata, sa.Column("id", sa.Integer), sa.Column("name", sa.String(50)))
    with engine.begin() as connection:
        connection.execute(sa.text("drop table if exists written"))
        connection.execute(sa.text("create table written (id int, name varchar(50))"))
        connection.execute(table.insert(), [{"id": 1, "name": "it's"}, {"id": 2, "name": None}])
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == 2).values(name="two"))
        connection.execute(table.delete().where(table.c.id == 1))
    with engine.connect() as connection:
        assert connection.execute(sa.select(table)).all() == [(2, "two")]


class Base(orm.DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, primary_key=True)
    customer: orm.Mapped[str] = orm.mapped_column(sa.String(40))
    total: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(12, 2))


def test_orm(engine):
    with orm.Session(engine) as session:
        session.add(Order(id=10, customer="Cleo", total=decimal.Decimal("1.10")))
        session.commit()
        found = session.scalars(sa.select(Order).where(Order.customer == "Cleo")).all()
        assert [(order.id, order.total) for order in found] == [(10, decimal.Decimal("1.10"))]
        session.delete(found[0])
        session.commit()
        assert session.get(Order, 10) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 3


def test_an_unknown_table_is_said_so(engine):
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
        connection.execute(sa.text("select * from no_such_table"))
    assert caught.value.orig.args[0] == 1146

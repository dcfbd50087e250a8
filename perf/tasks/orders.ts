export interface Order {
  readonly id: number;
  readonly product: string;
  readonly price: number;
  readonly quantity: number;
}

export interface PricedOrder {
  readonly id: number;
  readonly product: string;
  readonly total: number;
}

export function priceOrder({ id, product, price, quantity }: Order): PricedOrder {
  return { id, product, total: price * quantity };
}

export const priceOrders = (orders: readonly Order[]): PricedOrder[] => orders.map(priceOrder);

export const makeOrders = (count: number): Order[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    product: `product ${id % 97}`,
    price: 1 + (id % 50),
    quantity: id % 7,
  }));

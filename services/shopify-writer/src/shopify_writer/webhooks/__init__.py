"""What Shopify says by itself: taken at the door, kept, carried out.

- ``endpoint``   is it Shopify's, is it here already, and thank you
- ``inbox``      the table of what was taken, until it is carried out
- ``worker``     carries out one after another
- ``actions``    what each of them asks for
- ``orders``     orders deleted or cancelled in Shopify
- ``erasing``    buyers' data erased because Shopify asks for it
- ``compliance`` requests that a person answers
- ``products``   products that changed in a store, told to its shops
- ``missed``     what webhooks would have told, and what a store is subscribed to
- ``metrics``    what is counted
"""

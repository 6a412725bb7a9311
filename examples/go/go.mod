module focal-loss-example

go 1.23

require focal-loss-service/clients/go v0.0.0

replace focal-loss-service/clients/go => ../../clients/go
